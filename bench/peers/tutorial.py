# The server that tutorials begin with: a thread for each client, which waits for bytes and answers them. There are no
# messages in it, only what one recv() happens to return.

import socket
import sys
import threading


def serve(client):
    with client:
        try:
            while data := client.recv(1024):
                client.sendall(data)
        except ConnectionError:
            pass


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096)
while True:
    client, _address = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
