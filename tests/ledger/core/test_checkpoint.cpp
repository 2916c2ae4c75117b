#include <algorithm>
#include <random>

#include "ledger/core/checkpoint.hpp"
#include "ledger/core/errc.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

const Suite& suite = default_suite();

/// The key of the public log rekor.sigstore.dev, and checkpoints that it signed.
constexpr std::string_view rekor_key =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/"
    "bY2LhC30M"
    "9+RYtw==";
constexpr std::string_view rekor_notes[]{
    "rekor.sigstore.dev - 2605736670972794746\n"
    "93750551\n"
    "KgKiXoOl8rM5d4y6Xlbm2QLftvj/FYvTs6z7dJlNO60=\n"
    "\n"
    "— rekor.sigstore.dev "
    "wNI9ajBEAiBkLzdjY8A9HReU7rmtjwZ+JpSuYtEr9SmvSwUIW7FBjgIgKo+vhkW3tqc+gc8fw9gza3xLoncA8a+MTaJYCaLG"
    "A9c=\n",
    "rekor.sigstore.dev - 2605736670972794746\n"
    "75408393\n"
    "Fnnj13Uu1jdksPc4HZLapKX329dVlD5+MGNsiqBq1XM=\n"
    "\n"
    "— rekor.sigstore.dev "
    "wNI9ajBFAiBTyiBM9WtyOTgohje6QZ5rFGJUdMq7Wk3A6oThE98SUgIhAMvxDwa7FyqRqg+YV3rdPPrfS23w19iK+piMSGVO"
    "mP5w\n",
    "rekor.sigstore.dev - 2605736670972794746\n"
    "21428036\n"
    "rxnoKyFZlJ7/R6bMh/d3lcqwKqAy5CL1LcNBJP17kgQ=\n"
    "Timestamp: 1688058656037355364\n"
    "\n"
    "— rekor.sigstore.dev "
    "wNI9ajBFAiEAuDk7uu5Ae8Own/MjhSZNuVzbLuYH2jBMxbSA0WaNDNACIDV4reKpYiOpkwtvazCClnpUuduF2o/th2xR3gRZ"
    "AUU4\n"};

/// The Go checksum database's key (name, id, type and key), and a tree head that it signed with Ed25519.
constexpr std::string_view sumdb_key_id = "033de0ae";
constexpr std::string_view sumdb_key = "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
constexpr std::string_view sumdb_note =
    "go.sum database tree\n"
    "6476701\n"
    "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n"
    "\n"
    "— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n";
/// The same database's head, signed by a witness too.
constexpr std::string_view witnessed_note =
    "go.sum database tree\n"
    "15067302\n"
    "gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=\n"
    "\n"
    "— sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=\n"
    "— test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07VQXyuIXM3NRNav3ieVFLUqDRK77PWDmL6w8w84UqeAw=\n";

PublicKey rekor() { return PublicKey::from_spki(SuiteId::p256_sha256, base64_decode(rekor_key).value()).value(); }

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string result(text);
    const auto at = result.find(from);
    REQUIRE(at != result.npos);
    return result.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("note: checkpoints of a public log with ECDSA verify with its published key") {
    CHECK(hex_encode(suite.note_key_id("rekor.sigstore.dev", rekor())) == "c0d23d6a");
    for (const auto text : rekor_notes) {
        const auto note = SignedNote::parse(text).value();
        CHECK(note.text() == text);
        CHECK(verify_note(suite, note, "rekor.sigstore.dev", rekor()));
        CHECK(refused(verify_note(suite, note, "rekor.sigstore.dex", rekor()), errc::unknown_key));
        CHECK(refused(verify_note(suite, note, "rekor.sigstore.dev", PrivateKey::generate().public_key()),
                      errc::unknown_key));
        auto changed = note;
        changed.body = replaced(note.body, "\n", " \n");
        CHECK(refused(verify_note(suite, changed, "rekor.sigstore.dev", rekor()), errc::bad_signature));
        changed = note;
        changed.signatures[0].signature =
            SignedNote::parse(rekor_notes[text == rekor_notes[0] ? 1 : 0]).value().signatures[0].signature;
        CHECK(refused(verify_note(suite, changed, "rekor.sigstore.dev", rekor()), errc::bad_signature));
        // Their origin is not of our form, and two lines follow it in the older ones.
        CHECK(refused(SignedCheckpoint::parse(text), errc::malformed_checkpoint));
    }
}

TEST_CASE("note: signed tree heads of the Go checksum database are read, and are of a key that is not ours") {
    const auto note = SignedNote::parse(sumdb_note).value();
    CHECK(note.text() == sumdb_note);
    REQUIRE(note.signatures.size() == 1);
    CHECK(note.signatures[0].key_name == "sum.golang.org");
    CHECK(hex_encode(note.signatures[0].key_id) == sumdb_key_id);
    CHECK(note.signatures[0].signature.size() == 64);
    // The id that C2SP recommends: over name, newline, type and key.
    const auto id = suite.hash(as_bytes("sum.golang.org\n"), base64_decode(sumdb_key).value());
    CHECK(hex_encode(id.view().first(4)) == sumdb_key_id);
    CHECK(refused(verify_note(suite, note, "sum.golang.org", rekor()), errc::unknown_key));

    const auto witnessed = SignedNote::parse(witnessed_note).value();
    CHECK(witnessed.text() == witnessed_note);
    REQUIRE(witnessed.signatures.size() == 2);
    CHECK(witnessed.signatures[1].key_name == "test.example.com");
}

TEST_CASE("note: signatures of unknown keys beside the known one are passed over") {
    auto key = PrivateKey::generate();
    const std::string ours = sign_note(suite, "text\n", "our/1", key).value();
    const std::string lines = std::string(witnessed_note.substr(witnessed_note.find("\n\n") + 2));
    const auto note = SignedNote::parse(ours + lines).value();
    CHECK(note.signatures.size() == 3);
    CHECK(verify_note(suite, note, "our/1", key.public_key()));
    CHECK(refused(verify_note(suite, note, "sum.golang.org", key.public_key()), errc::unknown_key));
}

TEST_CASE("note: a text with empty lines and dashes is parted from its signatures at the last empty line") {
    auto key = PrivateKey::generate();
    for (const std::string body : {"\n", "a\n\nb\n", "— x AAAAAAA=\n", "\n\n\n", "é\n"}) {
        const std::string text = sign_note(suite, body, "name", key).value();
        const auto note = SignedNote::parse(text).value();
        CHECK(note.body == body);
        CHECK(note.text() == text);
        CHECK(verify_note(suite, note, "name", key.public_key()));
    }
}

TEST_CASE("note: what no writer would write is refused") {
    const std::string good = "text\n\n— name AAAAAAA=\n";
    REQUIRE(SignedNote::parse(good));
    for (const std::string& bad : {std::string(),
                                   std::string("\n"),
                                   std::string("\n\n"),
                                   std::string("text\n"),
                                   std::string("text\n\n"),
                                   std::string("text\n— name AAAAAAA=\n"),
                                   good + "\n",
                                   "\n\n" + std::string("— name AAAAAAA="),
                                   good + "x",
                                   good.substr(0, good.size() - 1),
                                   replaced(good, "\n\n", "\r\n\r\n"),
                                   replaced(good, "=\n", "=\r\n"),
                                   replaced(good, "—", "-"),
                                   replaced(good, "— ", "—"),
                                   replaced(good, "— ", "—  "),
                                   replaced(good, " AAAA", "  AAAA"),
                                   replaced(good, "name", ""),
                                   replaced(good, "name", "na+me"),
                                   replaced(good, "name", "na\u00a0me"),
                                   replaced(good, "name", "na\u3000me"),
                                   replaced(good, "name", "na\u2003me"),
                                   replaced(good, "name", "na\tme"),
                                   replaced(good, "AAAAAAA=", "AAAAAAB="),
                                   replaced(good, "AAAAAAA=", "AAAAAAA"),
                                   replaced(good, "AAAAAAA=", "AAAAAA=="),
                                   replaced(good, "AAAAAAA=", ""),
                                   replaced(good, "AAAAAAA=", "AAAAAAA= "),
                                   replaced(good, "AAAAAAA=", "AAAA AAA="),
                                   replaced(good, "text", "te\x01xt"),
                                   replaced(good, "text", std::string("te\0xt", 5)),
                                   replaced(good, "text", "te\xffxt"),
                                   replaced(good, "text", "te\xc0\xafxt"),
                                   replaced(good, "text", "te\xed\xa0\x80xt"),
                                   replaced(good, "text", "te\txt"),
                                   good + "— name AAAAAAA=\n",
                                   good + "— name AAAAAP8=\n",
                                   good + "text\n"}) {
        CAPTURE(bad);
        CHECK(refused(SignedNote::parse(bad), errc::malformed_note));
    }
    // Another id under the same name, and another name with the same id, are other keys.
    CHECK(SignedNote::parse(good + "— name AAAAAQA=\n— eman AAAAAAA=\n"));
}

TEST_CASE("note: sixteen signatures and 64 KiB are read, and no more") {
    std::string note = "text\n\n";
    for (int i = 0; i < 16; ++i) note += "— name" + std::to_string(i) + " AAAAAAA=\n";
    CHECK(SignedNote::parse(note));
    CHECK(refused(SignedNote::parse(note + "— name16 AAAAAAA=\n"), errc::too_large));

    const std::string end = "\n\n— name AAAAAAA=\n";
    CHECK(SignedNote::parse(std::string(note_bytes_max - end.size(), 'a') + end));
    CHECK(refused(SignedNote::parse(std::string(note_bytes_max - end.size() + 1, 'a') + end), errc::too_large));
}

TEST_CASE("note: a signer without an answer is no note") {
    struct Silent : Signer {
        PublicKey key = rekor();
        [[nodiscard]] const PublicKey& public_key() const override { return key; }
        [[nodiscard]] Result<Bytes> sign(ByteView) override { return Error{errc::signer_unavailable}; }
    } silent;
    CHECK(refused(sign_note(suite, "text\n", "name", silent), errc::signer_unavailable));
}

TEST_CASE("checkpoint: a signed one is read, verified and written again as it was") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    SampleLedger ledger(seed);
    for (int i = 0; i < 5; ++i) {
        const std::string text = ledger.checkpoint();
        const auto checkpoint = SignedCheckpoint::parse(text).value();
        CHECK(checkpoint.note.text() == text);
        CHECK(checkpoint.checkpoint.body() == checkpoint.note.body);
        CHECK(checkpoint.checkpoint.origin == ledger.origin);
        CHECK(checkpoint.checkpoint.head.size.value == static_cast<std::uint64_t>(i));
        CHECK(verify_note(suite, checkpoint.note, ledger.origin.text(), ledger.server_key.public_key()));
        ledger.append_seat();
    }
}

TEST_CASE("checkpoint: a changed byte is refused, or leaves another text whose signature does not hold") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    SampleLedger ledger(seed);
    ledger.grow(11);
    const std::string text = ledger.checkpoint();
    const auto& key = ledger.server_key.public_key();
    std::mt19937 random(seed);
    const auto check = [&](const std::string& changed) {
        const auto parsed = SignedCheckpoint::parse(changed);
        if (!parsed) return;
        REQUIRE(parsed->note.text() == changed);
        REQUIRE_FALSE(verify_note(suite, parsed->note, parsed->checkpoint.origin.text(), key));
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        CAPTURE(i);
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = text;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            check(changed);
        }
        std::string changed = text;
        changed.erase(i, 1);
        check(changed);
        changed = text;
        changed.insert(i, 1, text[random() % text.size()]);
        if (changed != text) check(changed);
        check(text.substr(0, i));
    }
}

TEST_CASE("checkpoint: a body has three lines and one spelling") {
    const std::string origin = "abcdefghijklmnopqrstuvwxyz234567/12";
    const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    const std::string good = origin + "\n20852163\n" + root + "\n";
    const auto checkpoint = Checkpoint::parse_body(good).value();
    CHECK(checkpoint.origin.incarnation == 12);
    CHECK(checkpoint.head.size.value == 20852163);
    CHECK(base64_encode(checkpoint.head.root.view()) == root);
    CHECK(checkpoint.body() == good);
    CHECK(Checkpoint::parse_body(replaced(good, "20852163", "9223372036854775807")));
    for (const std::string& bad : {std::string(),
                                   good + "extension\n",
                                   good + "\n",
                                   good.substr(0, good.size() - 1),
                                   "\n" + good,
                                   replaced(good, "\n", "\r\n"),
                                   replaced(good, "20852163", "020852163"),
                                   replaced(good, "20852163", ""),
                                   replaced(good, "20852163", "+1"),
                                   replaced(good, "20852163", "-1"),
                                   replaced(good, "20852163", "9223372036854775808"),
                                   replaced(good, "2I=", "2J="),
                                   replaced(good, "=", ""),
                                   replaced(good, root, "AAAA"),
                                   replaced(good, "/12", "/012"),
                                   replaced(good, "/12", "/0"),
                                   replaced(good, "/12", ""),
                                   replaced(good, "/12", "/"),
                                   replaced(good, "/12", "/4294967296"),
                                   replaced(good, "abc", "ABC"),
                                   replaced(good, "abc", "ab"),
                                   replaced(good, "abc", "ab1"),
                                   replaced(good, "/", "//")}) {
        CAPTURE(bad);
        CHECK(refused(Checkpoint::parse_body(bad), errc::malformed_checkpoint));
    }
    CHECK(Origin::parse("abcdefghijklmnopqrstuvwxyz234567/4294967295").value().text() ==
          "abcdefghijklmnopqrstuvwxyz234567/4294967295");
}

TEST_CASE("checkpoint: the key name is the origin") {
    SampleLedger ledger(1);
    const std::string body = Checkpoint{ledger.origin, {{0}, suite.empty_root()}}.body();
    Origin other = ledger.origin;
    other.incarnation = 2;
    CHECK(SignedCheckpoint::parse(sign_note(suite, body, ledger.origin.text(), ledger.server_key).value()));
    CHECK(refused(SignedCheckpoint::parse(sign_note(suite, body, other.text(), ledger.server_key).value()),
                  errc::malformed_checkpoint));
}

TEST_CASE("server id: 32 characters of the first key's hash") {
    const std::string id = derive_server_id(suite, rekor());
    CHECK(id == base32_encode(suite.hash(rekor().spki()).view().first(20)));
    CHECK(id == "ydjd22wua2lt7fkz6o5c2hfad6cbi7mp");
    CHECK(is_server_id(id));
}
