"""How results look: figures as SVG, tables, and the player of recorded episodes."""
