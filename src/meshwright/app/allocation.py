"""How a process that lives long takes memory, and gives it back: settings of glibc's; other C libraries are left as they are."""

from __future__ import annotations

import ctypes

#: glibc's M_ARENA_MAX and M_MMAP_THRESHOLD.
_MOST_HEAPS, _LARGE_BYTES = -8, -3
#: What is larger has pages of its own, which go back when it does. Left alone, glibc raises this with what it has seen, and what
#: was read of a large mesh leaves a hole that everything else is then scattered over.
_LARGE = 256 * 1024


def settle_allocation() -> None:
    """Let all threads take memory from one heap, and what is large none of it. Called before anything large is there.

    glibc gives each thread a heap of its own, and what forty of them keep is 60 MB; they wait for each other for the
    interpreter anyway.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_MOST_HEAPS, 1)
        set_option(_LARGE_BYTES, _LARGE)


def give_back_memory() -> None:
    """Give free pages back to the system, after something that needed many for a while. Some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
