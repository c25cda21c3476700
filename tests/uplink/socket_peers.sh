#!/bin/bash
# Neighbours that misbehave: lengths that no frame has, half a frame, silence, a thousand
# connections, one too many. Each costs only itself; the lab and the others go on.
# limit: 60
# modes: rel asan
. "$(dirname "$0")/lib.sh"
[ -f build/guest/netguest.elf ] || { echo "build/guest/netguest.elf is not built"; exit 77; }
cp build/guest/netguest.elf "$out/tiny.elf"
cat >"$out/lab.yaml" <<'EOF'
version: 1
lab: peers
vlans: {office: 10}
images: {tiny: {kernel: tiny.elf}}
pcs:
  alice: {image: tiny, memory: 32M, append: id=1, nics: {eth0: {vlan: office}}}
uplinks:
  door: {kind: socket, vlan: office, listen: "unix:door.sock", peers: 4}
EOF
ly run --detach "$out/lab.yaml" >"$out/run" 2>&1 || die "run: $(cat "$out/run")"
timeout 50 python3 - "$out/door.sock" <<'EOF' || die "neighbours"
import socket, struct, sys, time

def call():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.settimeout(10)
    return s

def ended(s):  # its own frames may come before
    while True:
        try:
            if not s.recv(65536):
                return True
        except ConnectionResetError:
            return True

def frame(to, data=b''):
    f = to + bytes.fromhex('020000000001') + b'\x88\xb5' + data
    return struct.pack('>I', len(f)) + f

def frames(s):  # all that come, padded
    buffer = b''
    while True:
        buffer += s.recv(65536)
        while len(buffer) >= 4 and len(buffer) >= 4 + struct.unpack('>I', buffer[:4])[0]:
            size = struct.unpack('>I', buffer[:4])[0]
            yield buffer[4:4 + size]
            buffer = buffer[4 + size:]

good, other, deaf = call(), call(), call()  # deaf never reads
time.sleep(0.3)
for head in (struct.pack('>I', 69633), struct.pack('>I', 13), b'GET / HTTP/1.0\r\n\r\n', struct.pack('>I', 0)):
    bad = call()
    bad.sendall(head + bytes(100))
    assert ended(bad), head
    time.sleep(0.1)
half = call()
half.sendall(struct.pack('>I', 60) + bytes(10))
half.close()
time.sleep(0.1)
fourth = call()
time.sleep(0.2)
assert ended(call()), 'one too many is sent away'
fourth.close()
time.sleep(0.2)
# 69632 bytes are a frame, if too long a one; a short one arrives padded.
good.sendall(struct.pack('>I', 69632) + bytes(69632))
for n in range(2000):
    good.sendall(frame(b'\xff' * 6, b'flood' + bytes(1000)))
time.sleep(0.5)
good.sendall(frame(b'\xff' * 6, b'last'))
assert any(len(f) == 60 and b'last' in f for f in frames(other))
for n in range(1000):
    call().close()
time.sleep(0.5)
good.sendall(frame(b'\xff' * 6, b'again'))
assert any(b'again' in f for f in frames(other))
EOF
await sh -c '[ "$(timeout 20 "$1" show peers door | sed -n "s/^peers: //p")" = 0 ]' sh "$LANYARD" || die "$(ly show peers door)"
ly show peers door | grep -q '^lost: [1-9]' || die "the deaf neighbour lost nothing: $(ly show peers door)"
