"""BR/EDR cells."""


async def play_bredr(appliance, row, phone, problems):
    raise NotImplementedError
