"""What the staff does, by what it is about: paydays, the money of clips, the books, and money that comes in."""
