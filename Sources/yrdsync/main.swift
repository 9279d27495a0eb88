print("yrdsync")
