"""What an operator does with a journal, whether its server runs or not; nothing alters it."""
