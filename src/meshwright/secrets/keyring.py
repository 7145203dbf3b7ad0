"""``${keyring:service/user}``: the keyring of the system or the desktop, through the package keyring."""

from __future__ import annotations

from meshwright.secrets.protocol import SecretNotFound, library, not_set_up


class Keyring:
    """The keyring that the package chooses (its own settings say which)."""

    def value(self, name: str) -> str:
        """Return the password of a user of a service; the service's name may hold slashes."""
        client = library("keyring", "keyring", "keyring", "the keyring")
        service, _, user = name.rpartition("/")
        try:
            found = client.get_password(service, user)
        except client.errors.NoKeyringError:
            raise not_set_up(
                "there is no keyring on this machine", "install one that the package keyring knows, or use ${env:NAME}"
            ) from None
        except client.errors.KeyringLocked as error:
            raise SecretNotFound("MW-X663", f"the keyring is locked: {error}", fix="unlock it and run again") from None
        except client.errors.KeyringError as error:
            words = " ".join(str(error).split())[:300] or type(error).__name__
            raise SecretNotFound("MW-X662", f"the keyring cannot be read: {words}", is_retryable=True) from None
        if found is None:
            raise SecretNotFound(
                "MW-X664",
                f"the keyring has no password for '{user}' of '{service}'",
                fix=f"keep it there: keyring set {service} {user}",
            )
        return str(found)
