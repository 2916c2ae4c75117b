#include "hsm/module/pkcs11_module.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace hsm::module {
namespace {

constexpr std::size_t slots_max = 64;
constexpr std::size_t mechanisms_max = 1024;

CK_UTF8CHAR_PTR pin_pointer(ByteView pin) { return const_cast<CK_UTF8CHAR_PTR>(pin.data()); }

}  // namespace

void check(const char* function, CK_RV value) {
    if (value != CKR_OK) throw Failure(function, value);
}

Module::Module(const std::string& path) {
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Failure("dlopen", CKR_OK, ::dlerror());
    const auto get_function_list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    if (get_function_list == nullptr) throw Failure("dlopen", CKR_OK, path + " is not a PKCS#11 module");
    check("C_GetFunctionList", get_function_list(&functions_));
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    check("C_Initialize", functions_->C_Initialize(&arguments));
}

Module::~Module() { functions_->C_Finalize(nullptr); }  // there is nobody to tell if it fails

CK_INFO Module::info() const {
    CK_INFO info{};
    check("C_GetInfo", functions_->C_GetInfo(&info));
    return info;
}

std::vector<Module::Slot> Module::slots() const {
    // Asked without a buffer first: only then does a module look for new slots (PKCS#11 v2.40, C_GetSlotList).
    CK_ULONG count = 0;
    check("C_GetSlotList", functions_->C_GetSlotList(CK_TRUE, nullptr, &count));
    std::array<CK_SLOT_ID, slots_max> ids{};
    if (count > ids.size()) throw Failure("C_GetSlotList", CKR_OK, "more than 64 slots");
    count = ids.size();
    check("C_GetSlotList", functions_->C_GetSlotList(CK_TRUE, ids.data(), &count));

    std::vector<Slot> slots;
    for (std::size_t i = 0; i < count; ++i) {
        Slot slot{ids[i], {}};
        const CK_RV value = functions_->C_GetTokenInfo(slot.id, &slot.token);
        // Pulled between the two calls, or not one of ours: other slots still count.
        if (value == CKR_TOKEN_NOT_PRESENT || value == CKR_TOKEN_NOT_RECOGNIZED) continue;
        check("C_GetTokenInfo", value);
        slots.push_back(slot);
    }
    return slots;
}

std::vector<CK_MECHANISM_TYPE> Module::mechanisms(CK_SLOT_ID slot) const {
    CK_ULONG count = 0;
    check("C_GetMechanismList", functions_->C_GetMechanismList(slot, nullptr, &count));
    if (count > mechanisms_max) throw Failure("C_GetMechanismList", CKR_OK, "more than 1,024 mechanisms");
    const std::size_t room = count;
    std::vector<CK_MECHANISM_TYPE> mechanisms(room + 1);  // p11-kit's client (0.24) reads one more than it was given
    check("C_GetMechanismList", functions_->C_GetMechanismList(slot, mechanisms.data(), &count));
    mechanisms.resize(std::min<std::size_t>(count, room));
    return mechanisms;
}

void Module::initialise_token(CK_SLOT_ID slot, std::string_view label, ByteView so_pin) const {
    CK_TOKEN_INFO token{};
    check("C_GetTokenInfo", functions_->C_GetTokenInfo(slot, &token));
    if ((token.flags & CKF_TOKEN_INITIALIZED) != 0) throw Failure("C_InitToken", CKR_OK, "the token is initialised");
    constexpr std::size_t label_bytes = 32;
    std::array<CK_UTF8CHAR, label_bytes + 1> padded{};  // p11-kit's client (0.24) reads on to a zero behind them
    std::fill_n(padded.begin(), label_bytes, CK_UTF8CHAR{' '});
    std::memcpy(padded.data(), label.data(), std::min(label.size(), label_bytes));
    check("C_InitToken", functions_->C_InitToken(slot, pin_pointer(so_pin), so_pin.size(), padded.data()));
}

}  // namespace hsm::module
