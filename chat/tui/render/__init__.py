"""From a message to styled text, safely. Gives text and spans; knows no widget."""
