#include "tools/issuer/vendor_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "ledger/core/errc.hpp"
#include "ledger/core/time_text.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/terminal/errc.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Certificate;
using ledger::Error;
using ledger::PrivateKey;
using ledger::Result;

constexpr std::size_t pem_bytes_max = 64 * 1024;
constexpr const char* root_name = "root";

Error unwritable(const fs::path& path, int why) {
    return {terminal::errc::file_unwritable, {}, {{"path", path.string()}, {"reason", std::strerror(why)}}};
}

}  // namespace

ledger::Timestamp now() { return {static_cast<std::int64_t>(std::time(nullptr)) * ledger::second.us}; }

Error kept_file_damaged(const fs::path& path, const Error& why) {
    return {
        errc::kept_file_damaged, why.describe(), {{"path", path.string()}, {"reason", std::string(why.stable_code())}}};
}

boost::json::object certificate_members(const Certificate& certificate) {
    boost::json::object members;
    members["subject"] = certificate.subject();
    members["fingerprint"] = ledger::hex_encode(certificate.fingerprint().view());
    members["not_before"] = ledger::time_text_seconds(certificate.not_before());
    members["not_after"] = ledger::time_text_seconds(certificate.not_after());
    return members;
}

Result<VendorFolder> VendorFolder::open(fs::path folder, fs::path passphrase_file, ledger::Language language,
                                        Missing missing) {
    std::error_code unknown;
    if (missing == Missing::refuse && !fs::exists(folder / "root.crt", unknown)) {
        return Error{errc::root_missing, {}, {{"folder", folder.string()}}};
    }
    // Private from the start: the folder holds keys, and the record tells who the customers are.
    for (const char* part : {"", "servers", "licenses", "revocations", "reendorsements", "rotations"}) {
        const fs::path path = folder / part;
        std::error_code failed;
        if (fs::is_directory(path, failed)) continue;
        fs::create_directories(path, failed);
        if (!failed) fs::permissions(path, fs::perms::owner_all, failed);
        if (failed) return unwritable(path, failed.value());
    }
    const fs::path record = folder / "record.jsonl";
    const int fd = ::open(record.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return unwritable(record, errno);
    VendorFolder opened(std::move(folder), std::move(passphrase_file), language, fd);
    while (::flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) return unwritable(record, errno);
    }
    return opened;
}

VendorFolder::VendorFolder(VendorFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      passphrase_file_(std::move(other.passphrase_file_)),
      language_(other.language_),
      record_fd_(std::exchange(other.record_fd_, -1)),
      passphrase_(std::move(other.passphrase_)) {}

VendorFolder::~VendorFolder() {
    if (record_fd_ >= 0) ::close(record_fd_);
}

Result<const Passphrase*> VendorFolder::passphrase(Asking asking) {
    if (!passphrase_) {
        ACTLEDGER_TRY(Passphrase read, read_passphrase(passphrase_file_, asking, language_));
        passphrase_ = std::move(read);
    }
    return &*passphrase_;
}

Result<Certificate> VendorFolder::root() const {
    ACTLEDGER_TRY(auto found, find_certificate(root_name));
    if (!found) return Error{errc::root_missing, {}, {{"folder", folder_.string()}}};
    return *std::move(found);
}

Result<KeyAndCertificate> VendorFolder::root_with_key() {
    ACTLEDGER_TRY(Certificate certificate, root());
    ACTLEDGER_TRY(PrivateKey key, key_or_new(root_name));
    if (key.public_key().spki() != certificate.spki()) {
        return Error{ledger::errc::unknown_key, "root.key is not the key of root.crt"};
    }
    return KeyAndCertificate{std::move(key), std::move(certificate)};
}

Result<KeyAndCertificate> VendorFolder::signer(const std::string& name, ledger::Purpose purpose) {
    ACTLEDGER_TRY(const Certificate root_certificate, root());
    ACTLEDGER_TRY(auto found, find_certificate(name));
    if (!found) {
        return Error{
            errc::certificate_missing,
            {},
            {{"file", (folder_ / (name + ".crt")).string()}, {"purpose", std::string(ledger::purpose_name(purpose))}}};
    }
    ACTLEDGER_CHECK(ledger::verify_chain(std::array{*found}, root_certificate, purpose, now()));
    ACTLEDGER_TRY(PrivateKey key, key_or_new(name));
    if (key.public_key().spki() != found->spki()) {
        return Error{ledger::errc::unknown_key, name + ".key is not the key of " + name + ".crt"};
    }
    return KeyAndCertificate{std::move(key), *std::move(found)};
}

Result<PrivateKey> VendorFolder::key_or_new(const std::string& name) {
    const fs::path file = folder_ / (name + ".key");
    std::error_code failed;
    if (fs::exists(file, failed)) {
        ACTLEDGER_TRY(const std::string pem, read_file(file, pem_bytes_max));
        ACTLEDGER_TRY(const Passphrase* secret, passphrase(Asking::once));
        return PrivateKey::from_pem(pem, secret->text());
    }
    // All keys of a folder have one passphrase: the second key is not made with a mistyped one.
    if (name != root_name && !passphrase_) ACTLEDGER_CHECK(key_or_new(root_name));
    ACTLEDGER_TRY(const Passphrase* secret, passphrase(Asking::twice));
    PrivateKey key = PrivateKey::generate();
    ACTLEDGER_CHECK(write_new_file(file, ledger::as_bytes(key.pem(secret->text())), Secrecy::secret));
    return key;
}

Result<std::optional<Certificate>> VendorFolder::find_certificate(const std::string& name) const {
    const fs::path file = folder_ / (name + ".crt");
    std::error_code failed;
    if (!fs::exists(file, failed)) return std::optional<Certificate>();
    ACTLEDGER_TRY(const std::string pem, read_file(file, pem_bytes_max));
    ACTLEDGER_TRY(Certificate certificate, Certificate::from_pem(pem));
    return std::optional<Certificate>(std::move(certificate));
}

Result<void> VendorFolder::add_certificate(const std::string& name, const Certificate& certificate) {
    return write_new_file(folder_ / (name + ".crt"), ledger::as_bytes(certificate.pem()), Secrecy::open);
}

Result<void> VendorFolder::record(std::string_view act, const boost::json::object& members) {
    boost::json::object line;
    line["time"] = ledger::time_text_seconds(now());
    line["act"] = act;
    for (const auto& member : members) line[member.key()] = member.value();
    std::string text = boost::json::serialize(line) + "\n";
    // A line that a power cut left unfinished is ended, not continued.
    char last = '\n';
    const auto size = ::lseek(record_fd_, 0, SEEK_END);
    if (size > 0 && (::pread(record_fd_, &last, 1, size - 1) != 1 || last != '\n')) text.insert(0, "\n");
    const auto written = ::write(record_fd_, text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(record_fd_) != 0) {
        return unwritable(folder_ / "record.jsonl", written < 0 ? errno : ENOSPC);
    }
    return {};
}

}  // namespace issuer
