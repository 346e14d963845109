print("check-rdb")
