#include "ledger/core/anchor.hpp"

#include <algorithm>
#include <tuple>

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

constexpr std::string_view first_line_begins = "actledger-anchor/";
constexpr std::string_view first_line = "actledger-anchor/2";
constexpr std::string_view first_line_of_digests = "actledger-anchor/1";
constexpr std::size_t license_id_bytes_max = 64;
constexpr std::size_t digest_text_bytes = 44;  // of 32 bytes, and of 33
constexpr std::size_t number_text_bytes_max = 20;

// The longest note: every limit reached, every number at its longest. The signature line is an em dash, a space, the
// origin, a space, base64 of a key id and an ECDSA signature of at most 72 bytes, and a newline; before it a newline.
constexpr std::size_t origin_bytes_max = 32 + 1 + 10;
constexpr std::size_t fixed_bytes_max =
    first_line.size() + 1 + sizeof "origin " + origin_bytes_max + sizeof "counter " + number_text_bytes_max +
    sizeof "head " + number_text_bytes_max + 1 + digest_text_bytes + sizeof "salt " + digest_text_bytes;
constexpr std::size_t key_line_bytes_max = sizeof "key " + 10 + 1 + 10 + 1 + digest_text_bytes;
constexpr std::size_t license_line_bytes_max =
    sizeof "license superseded " + license_id_bytes_max + 1 + digest_text_bytes + 1 + number_text_bytes_max;
constexpr std::size_t signature_bytes_max = 1 + 4 + origin_bytes_max + 1 + 104 + 1;
static_assert(fixed_bytes_max + anchor_keys_max * key_line_bytes_max + anchor_licenses_max * license_line_bytes_max +
                  signature_bytes_max <=
              anchor_bytes_max);

constexpr std::array<std::string_view, 3> state_names{"live", "superseded", "revoked"};

bool is_first(std::string_view line) { return line == first_line || line == first_line_of_digests; }

Error malformed(const char* what) { return {errc::malformed_anchor, what}; }

bool is_license_id(std::string_view text) {
    constexpr std::string_view others = "._-";
    return !text.empty() && text.size() <= license_id_bytes_max && std::ranges::all_of(text, [&](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               others.find(c) != others.npos;
    });
}

bool has_digests(const Anchor& anchor) { return anchor.keys.front().digest.has_value(); }

bool in_order(const Anchor& anchor) {
    const auto not_before = [](const auto& key) {
        return [key](const auto& a, const auto& b) { return !(std::invoke(key, a) < std::invoke(key, b)); };
    };
    return std::ranges::adjacent_find(anchor.keys, not_before(&AnchorKey::epoch)) == anchor.keys.end() &&
           (has_digests(anchor) ||
            std::ranges::adjacent_find(anchor.keys, not_before(&AnchorKey::incarnation)) == anchor.keys.end()) &&
           std::ranges::adjacent_find(anchor.licenses, not_before(&AnchorLicense::license_id)) == anchor.licenses.end();
}

bool is_well_formed(const Anchor& anchor) {
    return anchor.origin.incarnation >= 1 && anchor.counter >= 1 && !anchor.keys.empty() &&
           anchor.keys.size() <= anchor_keys_max && anchor.keys.front().epoch >= 1 &&
           anchor.keys.front().incarnation >= 1 && anchor.licenses.size() <= anchor_licenses_max && in_order(anchor) &&
           std::ranges::all_of(anchor.keys,
                               [&](const AnchorKey& key) { return key.digest.has_value() == has_digests(anchor); }) &&
           std::ranges::all_of(anchor.licenses, is_license_id, &AnchorLicense::license_id);
}

/// Takes words off a line; each failure leaves the reader failed.
class LineReader {
 public:
    explicit LineReader(std::string_view line) : rest_(line) {}

    std::string_view word() {
        const auto end = rest_.find(' ');
        const auto word = rest_.substr(0, end);
        failed_ = failed_ || word.empty();
        rest_ = end == rest_.npos ? std::string_view{} : rest_.substr(end + 1);
        return word;
    }
    std::uint64_t number(std::uint64_t most) {
        const auto value = decimal_decode(word());
        failed_ = failed_ || !value || *value > most;
        return failed_ ? 0 : *value;
    }
    template <std::size_t Size>
    std::array<std::uint8_t, Size> bytes() {
        std::array<std::uint8_t, Size> bytes{};
        const auto decoded = base64_decode(word());
        failed_ = failed_ || !decoded || decoded->size() != bytes.size();
        if (!failed_) std::copy(decoded->begin(), decoded->end(), bytes.begin());
        return bytes;
    }
    AnchorLicense::State state() {
        const auto* const name = std::ranges::find(state_names, word());
        failed_ = failed_ || name == state_names.end();
        return failed_ ? AnchorLicense::State{} : static_cast<AnchorLicense::State>(name - state_names.begin());
    }
    [[nodiscard]] bool good() const { return !failed_ && rest_.empty(); }

 private:
    std::string_view rest_;
    bool failed_ = false;
};

/// One line into the anchor. @return false if it is none; order and repetition are the caller's to check.
bool read_line(std::string_view line, bool by_digest, Anchor& anchor) {
    LineReader reader(line);
    const auto name = reader.word();
    if (name == "origin") {
        const auto origin = Origin::parse(reader.word());
        if (!origin) return false;
        anchor.origin = *origin;
    } else if (name == "counter") {
        anchor.counter = reader.number(UINT64_MAX);
    } else if (name == "head") {
        anchor.head.size.value = reader.number(UINT64_MAX);
        anchor.head.root.bytes = reader.bytes<32>();
    } else if (name == "salt") {
        anchor.device_salt = reader.bytes<32>();
    } else if (name == "key" && anchor.keys.size() < anchor_keys_max) {
        AnchorKey& key = anchor.keys.emplace_back();
        key.epoch = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
        if (by_digest) {
            key.digest.emplace().bytes = reader.bytes<32>();
        } else {
            key.incarnation = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
            key.key = reader.bytes<std::tuple_size_v<CompressedKey>>();
        }
    } else if (name == "license" && anchor.licenses.size() < anchor_licenses_max) {
        AnchorLicense& license = anchor.licenses.emplace_back();
        license.state = reader.state();
        license.license_id = reader.word();
        license.terms_digest.bytes = reader.bytes<32>();
        license.reserved = reader.number(UINT64_MAX);
    } else {
        return false;
    }
    return reader.good();
}

}  // namespace

bool AnchorKey::is(const Suite& suite, const PublicKey& other) const {
    return digest ? *digest == suite.hash(other.spki()) : key == other.compressed();
}

std::string Anchor::body() const {
    ACTLEDGER_ASSERT(is_well_formed(*this));
    std::string text(has_digests(*this) ? first_line_of_digests : first_line);
    text += "\norigin " + origin.text();
    text += "\ncounter " + std::to_string(counter);
    text += "\nhead " + std::to_string(head.size.value) + ' ' + base64_encode(head.root.view());
    text += "\nsalt " + base64_encode(device_salt);
    for (const AnchorKey& key : keys) {
        text += "\nkey " + std::to_string(key.epoch) + ' ';
        if (key.digest) {
            text += base64_encode(key.digest->view());
        } else {
            text += std::to_string(key.incarnation) + ' ' + base64_encode(key.key);
        }
    }
    for (const AnchorLicense& license : licenses) {
        text += "\nlicense ";
        text += state_names[static_cast<std::size_t>(license.state)];
        text += ' ' + license.license_id + ' ' + base64_encode(license.terms_digest.view()) + ' ' +
                std::to_string(license.reserved);
    }
    return text += '\n';
}

Result<Anchor> Anchor::parse_body(std::string_view body) {
    if (body.size() > anchor_bytes_max) return malformed("longer than an anchor can be");
    Anchor anchor;
    bool first = true;
    const bool by_digest = body.starts_with(first_line_of_digests);
    for (std::string_view rest = body; !rest.empty(); first = false) {
        const auto end = rest.find('\n');
        if (end == rest.npos) return malformed("does not end in a newline");
        const auto line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        if (first ? !is_first(line) : !read_line(line, by_digest, anchor))
            return malformed("a line that is not an anchor's");
    }
    // Whatever is missing, repeated or out of order is not what body() writes.
    if (anchor.origin.server_id.empty() || !is_well_formed(anchor) || anchor.body() != body) {
        return malformed("not in the one accepted spelling");
    }
    return anchor;
}

void Anchor::add_key(const AnchorKey& next) {
    if (keys.size() == anchor_keys_max) keys.erase(keys.begin() + 1);
    keys.push_back(next);
}

bool Anchor::names(const Suite& suite, const PublicKey& key) const {
    return std::ranges::any_of(keys, [&](const AnchorKey& one) { return one.is(suite, key); });
}

bool Anchor::is_body(std::string_view body) { return body.starts_with(first_line_begins); }

std::optional<std::string> Anchor::unknown_version(std::string_view body) {
    const std::string_view line = body.substr(0, body.find('\n'));
    if (is_first(line) || !line.starts_with(first_line_begins)) return std::nullopt;
    const auto version = decimal_decode(line.substr(first_line_begins.size()));
    if (!version) return std::nullopt;
    return std::to_string(*version);
}

const AnchorLicense* Anchor::find(std::string_view license_id) const {
    const auto found = std::ranges::lower_bound(
        licenses, license_id, {}, [](const AnchorLicense& license) { return std::string_view(license.license_id); });
    return found != licenses.end() && found->license_id == license_id ? &*found : nullptr;
}

Result<Bytes> sign_anchor(const Suite& suite, const Anchor& anchor, Signer& signer) {
    ACTLEDGER_TRY(const std::string note, sign_note(suite, anchor.body(), anchor.origin.text(), signer));
    ACTLEDGER_ASSERT(note.size() <= anchor_bytes_max);
    return copy(as_bytes(note));
}

Result<Anchor> verify_anchor(const Suite& suite, ByteView note, const PublicKey& key) {
    if (note.size() > anchor_bytes_max) return Error{errc::too_large, "an anchor"};
    ACTLEDGER_TRY(const SignedNote parsed, SignedNote::parse(as_text(note)));
    ACTLEDGER_TRY(Anchor anchor, Anchor::parse_body(parsed.body));
    ACTLEDGER_CHECK(verify_note(suite, parsed, anchor.origin.text(), key));
    if (!anchor.keys.back().is(suite, key)) return Error{errc::unknown_key, "not the anchor's last key"};
    return anchor;
}

std::optional<Anchor> choose_anchor(const Suite& suite, std::span<const Bytes> notes, std::span<const PublicKey> keys) {
    const auto rank = [](const Anchor& anchor) {
        return std::tuple(anchor.origin.incarnation, anchor.counter, anchor.head.size);
    };
    std::optional<Anchor> highest;
    for (const Bytes& note : notes) {
        for (const PublicKey& key : keys) {
            auto anchor = verify_anchor(suite, note, key);
            if (anchor && (!highest || rank(*highest) < rank(*anchor))) highest = std::move(*anchor);
        }
    }
    return highest;
}

}  // namespace ledger
