"""First words: when they may speak before they are asked, and which words are tried."""
