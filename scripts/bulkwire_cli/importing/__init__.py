"""CSV recipient lists, read and rendered into messages. Pure: nothing here enqueues."""
