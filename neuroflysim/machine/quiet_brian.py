"""Brian2 in processes that are ours: it leaves no files behind, and does not speak of its cache.

In the processes of a user both are the user's.
"""

import logging
import os
from contextlib import suppress


def say_nothing_of_the_cache() -> None:
    """Keep back what Brian2 says when it is imported and its cache has grown to a gigabyte.

    It would stand before whatever a command has to say; `neuroflysim doctor` tells the size. To be
    called before Brian2 is imported.
    """
    # So Brian2 names the logger of its first file.
    logging.getLogger("brian2.brian2").addFilter(_is_not_of_the_cache)


def leave_no_logs() -> None:
    """Have Brian2 keep no files of what it did: they stay where a process is killed.

    It begins one, and a copy of the script, whenever it is imported, and deletes both at the end.
    """
    import brian2  # noqa: F401
    from brian2.utils.logger import BrianLogger

    handler, BrianLogger.file_handler = BrianLogger.file_handler, None
    if handler is not None:
        logging.getLogger("brian2").removeHandler(handler)
        handler.close()
    for name in (BrianLogger.tmp_log, BrianLogger.tmp_script):
        if name is not None:
            with suppress(OSError):
                os.remove(name)
    BrianLogger.tmp_log = BrianLogger.tmp_script = None


def _is_not_of_the_cache(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Cache size for target")
