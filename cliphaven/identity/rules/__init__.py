"""What can be told of tokens and codes without looking anything up."""
