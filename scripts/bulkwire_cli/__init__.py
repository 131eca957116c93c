"""The `bulkwire` command, one module per subcommand, and what developers try Bulkwire out with."""
