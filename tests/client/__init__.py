"""The typed client of client/, over the network: whole journeys of creators, sponsors and staff."""
