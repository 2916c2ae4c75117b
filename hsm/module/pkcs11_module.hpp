#pragma once
// hsm/module/pkcs11_module.hpp: a PKCS#11 module (v2.40), loaded into this process. Only the worker links this. Every
// function throws Failure when the module fails: the worker's loop answers with it.

#include <p11-kit/pkcs11.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace hsm::module {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// A function of the module's that did not return CKR_OK.
class Failure : public std::runtime_error {
 public:
    Failure(std::string function, CK_RV value, const std::string& detail = {})
        : std::runtime_error(detail), function_(std::move(function)), value_(value) {}
    [[nodiscard]] const std::string& function() const { return function_; }
    [[nodiscard]] CK_RV value() const { return value_; }

 private:
    std::string function_;
    CK_RV value_;
};

/// @throw Failure unless CKR_OK
void check(const char* function, CK_RV value);

/// Owns the loaded module: C_Finalize at the end, but no dlclose, since the process ends with it.
class Module {
 public:
    /// dlopen, C_GetFunctionList, C_Initialize (with operating system locking; some modules start threads).
    explicit Module(const std::string& path);
    ~Module();
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;
    [[nodiscard]] CK_FUNCTION_LIST& functions() const { return *functions_; }

    [[nodiscard]] CK_INFO info() const;
    struct Slot {
        CK_SLOT_ID id;
        CK_TOKEN_INFO token;
    };
    /// Slots with a token in them, initialised or not; at most 64.
    [[nodiscard]] std::vector<Slot> slots() const;
    [[nodiscard]] std::vector<CK_MECHANISM_TYPE> mechanisms(CK_SLOT_ID slot) const;
    /// Erases a token: refuses one that is initialised, because a token asked about a moment ago may be another now.
    void initialise_token(CK_SLOT_ID slot, std::string_view label, ByteView so_pin) const;

 private:
    CK_FUNCTION_LIST* functions_ = nullptr;
};

/// One read and write session, closed with the object.
class Session {
 public:
    Session(const Module& module, CK_SLOT_ID slot);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void login(CK_USER_TYPE user, ByteView pin);
    void set_user_pin(ByteView pin);  ///< As security officer.
    void generate_key(const std::string& label);
    /// The private keys of this label, then the public keys of it: a stop in between leaves nothing that signs.
    void destroy_key(const std::string& label);

    struct KeyFound {
        std::uint32_t private_keys = 0;
        std::uint32_t public_keys = 0;
        Bytes parameters;
        Bytes point;
    };
    /// Finds the private key of this label and the public key of the same CKA_ID; exactly one of each makes it the key
    /// of sign().
    KeyFound find_key(const std::string& label);
    /// CKM_ECDSA over a digest. @return what C_Sign gave: r || s for an honest card
    Bytes sign(ByteView digest);

    /// Labels of our data objects, each once, ascending. One that is longer than ours can be is passed over.
    std::vector<std::string> object_labels();
    std::vector<Bytes> read_objects(const std::string& label);
    void create_object(const std::string& label, ByteView value);
    void remove_objects(const std::string& label, ByteView keep);
    void remove_object(const std::string& label, ByteView value);
    Bytes random(std::size_t count);

 private:
    std::vector<CK_OBJECT_HANDLE> find(std::span<CK_ATTRIBUTE> match, std::size_t most);
    std::vector<CK_OBJECT_HANDLE> find_data(const std::string& label);
    Bytes attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, std::size_t bytes_max);

    CK_FUNCTION_LIST& functions_;
    CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
};

}  // namespace hsm::module
