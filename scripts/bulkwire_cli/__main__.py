"""`python -m bulkwire_cli`: the `bulkwire` command."""

from bulkwire_cli.main import main

if __name__ == "__main__":
    main()
