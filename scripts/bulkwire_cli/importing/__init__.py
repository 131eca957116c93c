"""CSV recipient lists: read, rendered into messages, enqueued, reported."""
