"""One action on many messages of an index: which are meant, page by page, what became of each."""
