namespace coulis {}
