"""The message store: keys, records and the Lua transitions that every process speaks.

Layout:
    keys.py      every key name, for Python and for Lua
    scripts.py   the Lua files, put together with what they include
    call.py      one command or transition as a value: what to run and how to read the answer
    runner.py    runs calls, blocking or async, and maps Redis's errors
    record.py    a message's record as Python sees it, and other things that are only read
    enqueueing, sending, status_updates, steering, upkeep, repairing   the transitions, typed, by
                 who uses them
"""
