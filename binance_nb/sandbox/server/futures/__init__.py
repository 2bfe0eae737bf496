"""The doors of USD-M futures: methods under /fapi, the WebSocket API at /ws-fapi/v1, routed streams."""
