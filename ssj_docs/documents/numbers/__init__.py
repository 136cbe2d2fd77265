"""发文字号: the number register, the register of issued papers, and their files."""
