"""What every room stands on: money, clock, transactions, jobs, errors. A closed list; it knows no business."""
