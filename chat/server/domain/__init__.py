"""The rules of chat: values in, values out. Knows no wire, no thread, no database."""
