"""One file for what one kind of person does. Cogs join the rooms and hold no logic of their own."""
