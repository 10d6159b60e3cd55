"""How most tests here run the program: quickly, with a PCA, and several parts of 24 photographs."""

SMALL = ("--model", "small", "--threads", 2, "--rows-per-part", 4, "--components", 3)
