"""发文字号: the register of numbers, and the files of issued documents."""
