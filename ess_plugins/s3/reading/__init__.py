"""Objects as streams: asked for in parts, taken up again where a connection broke, in order."""
