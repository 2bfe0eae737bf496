"""The exchange's doors: REST, WebSocket API, market streams, and the control endpoint beside them."""
