"""The GraphQL endpoint: over HTTP, Server-Sent Events and WebSocket, one pipeline behind them.

Fields, permissions and what they mean are the schema's; nothing of the business is here.
"""
