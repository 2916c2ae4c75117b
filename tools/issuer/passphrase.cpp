#include "tools/issuer/passphrase.hpp"

#include <cstring>

#include "ledger/license_file/private_key.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/terminal/terminal.hpp"

namespace issuer {
namespace {

using ledger::Error;
using ledger::Result;

Result<Passphrase> from_file(const std::filesystem::path& file) {
    ACTLEDGER_TRY(std::string text, read_file(file, ledger::passphrase_bytes_max + 2));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    Passphrase passphrase(std::move(text));
    const std::string& line = passphrase.text();
    if (line.empty() || line.size() > ledger::passphrase_bytes_max ||
        line.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
        return Error{errc::passphrase_file, {}, {{"path", file.string()}}};
    }
    return passphrase;
}

Result<Passphrase> ask(ledger::Language language, const char* english, const char* chinese) {
    ACTLEDGER_TRY(std::string text, terminal::prompt_secret(language == ledger::Language::chinese ? chinese : english));
    return Passphrase(std::move(text));
}

}  // namespace

Passphrase& Passphrase::operator=(Passphrase&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
    }
    return *this;
}

void Passphrase::wipe() {
    text_.resize(text_.capacity());  // short strings that were moved from keep their characters
    ::explicit_bzero(text_.data(), text_.size());
    text_.clear();
}

Result<Passphrase> read_passphrase(const std::filesystem::path& file, Asking asking, ledger::Language language) {
    const auto once = [&] {
        return file.empty() ? ask(language, "Passphrase of the vendor's keys: ", "厂商密钥口令：") : from_file(file);
    };
    ACTLEDGER_TRY(Passphrase passphrase, once());
    if (asking == Asking::once) return passphrase;
    if (passphrase.text().size() < ledger::passphrase_bytes_min) {
        return Error{errc::passphrase_short, {}, {{"minimum", std::to_string(ledger::passphrase_bytes_min)}}};
    }
    if (file.empty()) {
        ACTLEDGER_TRY(const Passphrase again, ask(language, "The same passphrase again: ", "请再次输入口令："));
        if (again.text() != passphrase.text()) return Error{errc::passphrases_differ};
    }
    return passphrase;
}

}  // namespace issuer
