"""The command line: one module for each subcommand, each with `main(argv) -> exit status`."""
