"""``${aws:name#key}`` and ``${aws-ssm:/path/name}``: AWS Secrets Manager and Systems Manager's parameters, through boto3.

Who asks, the region and other addresses come from boto3's own settings: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, the
files below ``~/.aws``, or the role of the machine. A secret's name may be its ARN.
"""

from __future__ import annotations

import threading
from typing import Any  # boto3's clients have no types here

from meshwright.model.references import Json
from meshwright.secrets.protocol import (
    TIMEOUT_S,
    SecretNotFound,
    library,
    not_set_up,
    split_key,
    unreachable,
    value_of_key,
)

_ABSENT = frozenset({"ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"})
_LATER = frozenset({"ThrottlingException", "InternalServiceError", "InternalServerError", "ServiceUnavailable"})


class Aws:
    """One of the two services."""

    def __init__(self, service: str, *, timeout_s: float = TIMEOUT_S) -> None:
        #: ``secretsmanager`` or ``ssm``.
        self._service = service
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._client: Any = None

    def value(self, name: str) -> Json:
        """Return the secret's text, or one key of it."""
        path, key = split_key(name)
        answer = self._asked(path)
        if self._service == "ssm":
            return value_of_key(str(answer["Parameter"]["Value"]), key, f"AWS at '{path}'")
        if "SecretString" not in answer:
            raise SecretNotFound(
                "MW-X665", f"the secret '{path}' of AWS is bytes, not text", fix="store it as text, or in base64"
            )
        return value_of_key(str(answer["SecretString"]), key, f"AWS at '{path}'")

    def _asked(self, path: str) -> Any:
        library("boto3", "boto3", "aws", "AWS")
        from botocore import exceptions  # with boto3

        try:
            client = self._opened()
            if self._service == "ssm":
                return client.get_parameter(Name=path, WithDecryption=True)
            return client.get_secret_value(SecretId=path)
        except exceptions.ClientError as error:
            raise _told(error, path) from None
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError):
            fix = "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run aws sso login"
            raise not_set_up("nobody is signed in to AWS", fix) from None
        except (exceptions.NoRegionError, exceptions.ProfileNotFound) as error:
            raise not_set_up(f"AWS is not set up: {error}", "set AWS_REGION, or a profile that has one") from None
        except exceptions.ParamValidationError as error:
            words = " ".join(str(error).split())[:300]
            raise SecretNotFound("MW-X664", f"'{path}' cannot be the name of a secret of AWS: {words}") from None
        except exceptions.BotoCoreError as error:
            raise unreachable("AWS", error) from None

    def _opened(self) -> Any:
        with self._lock:
            if self._client is None:
                import boto3
                from botocore.config import Config

                waiting = Config(
                    connect_timeout=self._timeout_s, read_timeout=self._timeout_s, retries={"total_max_attempts": 2}
                )
                self._client = boto3.session.Session().client(self._service, config=waiting)
            return self._client


def _told(error: Any, path: str) -> SecretNotFound:
    """Return what the service said, in its words."""
    found = error.response.get("Error", {})
    code, words = str(found.get("Code")), " ".join(str(found.get("Message")).split())[:300]
    if code in _ABSENT:
        return SecretNotFound(
            "MW-X664", f"there is no secret '{path}' in AWS: {words}", fix="check its name, account and region"
        )
    if code in _LATER or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return unreachable("AWS", OSError(f"{code}: {words}"))
    return SecretNotFound(
        "MW-X663",
        f"AWS refuses '{path}': {code}: {words}",
        fix="check who is signed in (aws sts get-caller-identity) and what it may read",
    )
