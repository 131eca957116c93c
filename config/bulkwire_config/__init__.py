"""The settings of Bulkwire's processes, and the files they come with."""
