"""A made-up company, Lakeside Motors 湖滨汽车, with which Carillon can be seen at work: `make run`."""
