"""One module per subcommand of `bulkwire`."""
