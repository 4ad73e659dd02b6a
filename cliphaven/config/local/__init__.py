"""One machine, one command: the embedded database and the child processes of `make run`; production needs neither."""
