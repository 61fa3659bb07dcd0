"""The API of tickets: what every kind shares, and the collections of tickets, queues and categories."""
