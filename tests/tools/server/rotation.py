"""A key hands over to the next one: the three steps of the commands, and the vendor's part in them."""

from api import Client
from installation import Failed
from test_operators import Terminal
from test_recover import pin_of


def server_id_of(server):
    return Client(server).get("/v1/status").json["origin"].split("/")[0]


def request(installation, name="next", check=True):
    return installation.actledger("--json", "hsm", "rotate", "--request", installation / f"{name}.req", check=check)


def certify(installation, server_id, name="next", *more):
    installation.issuer("rotate", installation / f"{name}.req", "--server", server_id, "--out",
                        installation / f"{name}.crt", *more)
    return installation / f"{name}.crt"


def issuer_refusal(installation, *arguments):
    try:
        installation.issuer("rotate", *arguments)
    except Failed as failed:
        return str(failed)
    raise Failed("certified")


def dry_run(installation, certificate, check=True):
    return installation.actledger("--json", "hsm", "rotate", "--certificate", certificate, "--dry-run", check=check)


def refused(installation, certificate):
    done = dry_run(installation, certificate, check=False)
    if done.returncode == 0:
        raise Failed(f"accepted: {done.stdout}")
    return done.stderr


def rotate(installation, certificate, server_id, pin=None, typed=None):
    answers = [("PIN", pin or pin_of(installation))]
    if pin is None:
        answers.append(("type the server id", typed or server_id))
    return Terminal(installation, "hsm", "rotate", "--certificate", certificate, answers=answers)


def destroy_old(installation, server_id):
    return Terminal(installation, "hsm", "rotate", "--destroy-old",
                    answers=[("PIN", pin_of(installation)), ("type the server id", server_id)])


def rotated(test, installation, server_id, name="next"):
    """All three steps, with the server stopped. @return the certificate"""
    request(installation, name)
    certificate = certify(installation, server_id, name)
    done = rotate(installation, certificate, server_id)
    test.assertEqual(done.status, 0, done.text)
    return certificate
