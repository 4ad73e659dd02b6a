"""What staff set going: reconciliations, proofs, and corrections by two people."""
