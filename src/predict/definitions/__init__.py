"""What people choose, as data: instruments, studies, outcomes, published programmes."""
