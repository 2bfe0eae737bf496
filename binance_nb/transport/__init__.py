"""How requests travel: signing, the clock, HTTP and WebSocket connections. Nothing here knows what an order is."""
