"""Written words made sayable: sentences cut for speaking, numbers, money, times and codes put into words."""
