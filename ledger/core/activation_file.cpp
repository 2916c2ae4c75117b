#include "ledger/core/activation_file.hpp"

#include "ledger/core/canonical_reader.hpp"
#include "ledger/core/canonical_writer.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/event_reader.hpp"
#include "ledger/core/event_writer.hpp"

namespace ledger {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view extra_start = "extra ";
constexpr std::string_view index_start = "index ";
constexpr std::size_t base64_digest_characters = 44;
constexpr std::size_t index_characters_max = 20;

constexpr std::size_t extra_bytes_max =
    event_bytes_max + chain_certificates_max * (certificate_bytes_max + 16) + annex_bytes_max + 128;
constexpr std::size_t base64_characters(std::size_t bytes) { return (bytes + 2) / 3 * 4; }
static_assert(first_line.size() + base64_characters(extra_bytes_max) +
                      proof_hashes_max * (base64_digest_characters + 1) + note_bytes_max + 64 <=
                  activation_file_bytes_max,
              "every event's file can be read again");

Error malformed(const char* what) { return {errc::malformed_activation_file, what}; }

/// Writes ActivationExtra (activation_extra.capnp). @return empty if the buffer was too small.
std::optional<ByteView> write_extra(const ActivationFileContent& file, std::span<std::uint64_t> buffer) {
    CanonicalWriter writer(buffer);
    const auto first = writer.write_struct(
        CanonicalWriter::root(), {},
        {!file.event.empty(), !file.certificates.empty(), !file.annex.empty(), !file.device_salt.empty()});
    writer.write_data(first, file.event);
    write_data_list(writer, first + 1, file.certificates);
    write_annex_values(writer, first + 2, file.annex);
    writer.write_data(first + 3, file.device_salt);
    return writer.finish();
}

Result<void> read_extra(ActivationFile& file, ByteView extra) {
    CanonicalReader reader(extra);
    const auto found = reader.read_struct(CanonicalReader::root(), 0, 4);
    const ByteView event = reader.read_data(reader.slot(found, 0));
    file.event.assign(event.begin(), event.end());
    file.certificates = read_data_list(reader, reader.slot(found, 1), chain_certificates_max);
    if (!read_annex_values(file.annex, reader, reader.slot(found, 2))) return malformed("extra: annex");
    if (const ByteView salt = reader.read_data(reader.slot(found, 3)); !salt.empty()) {
        if (salt.size() != file.device_salt.emplace().size()) return malformed("extra: device salt");
        std::memcpy(file.device_salt->data(), salt.data(), salt.size());
    }
    if (!reader.finish()) return malformed("extra: not in canonical form");
    if (file.event.empty() || file.certificates.empty()) return malformed("extra: no event, or no certificate");
    return {};
}

/// Takes the first line, without its newline, off `text`.
Result<std::string_view> take_line(std::string_view& text) {
    const auto end = text.find('\n');
    if (end == text.npos) return malformed("a line is missing");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

/// The rest of a line that begins with `start`.
Result<std::string_view> take_field(std::string_view& text, std::string_view start) {
    ACTLEDGER_TRY(const std::string_view line, take_line(text));
    if (!line.starts_with(start)) return malformed("the lines are not version, extra, index, proof, checkpoint");
    return line.substr(start.size());
}

Result<std::vector<Certificate>> parse_chain(std::span<const Bytes> ders) {
    std::vector<Certificate> chain;
    for (const Bytes& der : ders) {
        ACTLEDGER_TRY(Certificate certificate, Certificate::from_der(der));
        chain.push_back(std::move(certificate));
    }
    return chain;
}

/// The event, the checkpoint and the server's certificate speak of the same server.
Result<void> check_origins(const Certificate& server, const Origin& checkpoint, const Event& event) {
    ACTLEDGER_TRY(const Origin written, Origin::parse(event.origin));
    if (server.server_id() != checkpoint.server_id) {
        return Error{errc::wrong_origin, "the certificate is another server's"};
    }
    if (written.server_id != checkpoint.server_id || written.incarnation > checkpoint.incarnation) {
        return Error{errc::wrong_origin, "the event is of another ledger, or of a later incarnation"};
    }
    return {};
}

}  // namespace

ActivationFileContent ActivationFile::content() const {
    return {event, certificates, annex, device_salt ? ByteView(*device_salt) : ByteView{}, index, proof, checkpoint};
}

void ActivationFileContent::append_text(std::string& text) const {
    std::array<std::uint64_t, extra_bytes_max / sizeof(std::uint64_t)> buffer;
    const auto extra = write_extra(*this, buffer);
    ACTLEDGER_ASSERT(extra.has_value());

    text.reserve(text.size() + first_line.size() + extra_start.size() + base64_characters(extra->size()) +
                 index_start.size() + index_characters_max + proof.size() * (base64_digest_characters + 1) +
                 checkpoint.size() + 3);
    text += first_line;
    text += extra_start;
    base64_append(text, *extra);
    text += '\n';
    text += index_start;
    text += std::to_string(index.value);
    text += '\n';
    for (const Digest& digest : proof) {
        base64_append(text, digest.view());
        text += '\n';
    }
    text += '\n';
    text += checkpoint;
}

Result<ActivationFile> ActivationFile::parse(std::string_view text) {
    if (text.size() > activation_file_bytes_max) return Error{errc::too_large, "activation file"};
    if (!text.starts_with(first_line)) return malformed("not a tlog-proof of version 1");
    text.remove_prefix(first_line.size());

    ActivationFile file;
    ACTLEDGER_TRY(const std::string_view extra_text, take_field(text, extra_start));
    const auto extra = base64_decode(extra_text);
    if (!extra) return malformed("extra: base64");
    ACTLEDGER_CHECK(read_extra(file, *extra));

    ACTLEDGER_TRY(const std::string_view index_text, take_field(text, index_start));
    const auto index = decimal_decode(index_text);
    if (!index || *index >= tree_size_max.value) return malformed("index");
    file.index = {*index};

    while (true) {
        ACTLEDGER_TRY(const std::string_view line, take_line(text));
        if (line.empty()) break;
        const auto hash = base64_decode(line);
        if (!hash || hash->size() != Digest::size_bytes) return malformed("a line of the proof is not a hash");
        if (file.proof.size() == proof_hashes_max) return malformed("the proof is longer than any tree is high");
        file.proof.push_back(Digest::from(*hash));
    }
    if (const auto checkpoint = SignedCheckpoint::parse(text); !checkpoint) {
        return Error{errc::malformed_activation_file, "checkpoint: " + checkpoint.error().detail};
    }
    file.checkpoint = text;
    return file;
}

Result<VerifiedEvent> verify_logged_event(const ActivationFile& file, const Certificate& root) {
    ACTLEDGER_TRY(Event event, decode_event(file.event));
    ACTLEDGER_TRY(const SignedCheckpoint checkpoint, SignedCheckpoint::parse(file.checkpoint));
    ACTLEDGER_TRY(const std::vector<Certificate> chain, parse_chain(file.certificates));
    ACTLEDGER_CHECK(verify_chain(chain, root, Purpose::server, event.time));
    const Certificate& server = chain.front();
    ACTLEDGER_CHECK(check_origins(server, checkpoint.checkpoint.origin, event));

    const Suite* suite = find_suite_of_key(server.spki());
    if (suite == nullptr) return Error{errc::certificate_malformed, "the server's key is of no known suite"};
    ACTLEDGER_TRY(const PublicKey key, server.public_key(suite->id()));
    ACTLEDGER_CHECK(verify_note(*suite, checkpoint.note, checkpoint.checkpoint.origin.text(), key));

    const TreeHead& head = checkpoint.checkpoint.head;
    ACTLEDGER_CHECK(verify_inclusion(*suite, suite->hash_leaf(file.event), file.index, head, file.proof));
    if (event.sequence_number != file.index) {
        return Error{errc::not_included, "the event bears another number than its place in the tree"};
    }
    ACTLEDGER_CHECK(check_annex(*suite, event, file.annex));
    if (file.device_salt.has_value() != (event.seat() != nullptr)) {
        return malformed("extra: a device salt stands in the files of seats, and only there");
    }
    return VerifiedEvent{std::move(event), checkpoint.checkpoint.origin, head, server};
}

Result<VerifiedEvent> verify_activation_file(const ActivationFile& file, const Certificate& root) {
    ACTLEDGER_TRY(VerifiedEvent verified, verify_logged_event(file, root));
    if (verified.event.seat() == nullptr) {
        return Error{errc::event_without_seat, {}, {{"kind", std::string(kind_name(verified.event.body))}}};
    }
    return verified;
}

}  // namespace ledger
