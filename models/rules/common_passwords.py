"""Words that people build passwords from, so that attackers try them first.

A list of facts, in lower case and without the digits and signs that people dress them with.
"""

_WORDS = """
abc abcd abcde abcdef abcdefg abcdefgh access account admin administrator agent aaaa amanda
america andrea andrew angel anthony apple april arsenal asdf asdfg asdfgh asdfghjkl asdfjkl
ashley asterisk august austin autumn azerty babygirl backup barcelona baseball basketball
batman billing blink buster butterfly cahngeme call calling carrier center changeit changeme
changemenow charlie cheese chelsea chicken chocolate cisco client company computer cookie
cookies corvette cowboy customer dallas daniel database december default demo diamond dolphin
donald dragon eagle elephant email enter england everton family february ferrari fernando
flower football forever freedom freeswitch friday friend friends fuckyou fuckoff gateway
george ginger google guest guitar hannah harley hello helloworld helpdesk hockey hunter
iloveu iloveyou iloveyouso internet jackson jasmine jennifer jessica jesus jordan joshua july
june justin kamailio killer king letmein letmeinnow liverpool london login loveme lovely
loveyou maggie manager manchester march marina master matrix matthew maverick mercedes
merlin michael michelle mickey mobile monday monkey monster mustang mypassword nathan
newpassword newyork nicole ninja november october office operator orange pass passcode
passpass passphrase passw passwd password passwordpassword passwords pepper phone phoenix
pokemon prepaid postpaid princess provider purple qazwsx qazwsxedc qwaszx qwer qwert qwerty
qwertyasdf qwertyqwerty qwertyui qwertyuiop qwertyuiopasdf qwertz rainbow ranger reseller
robert root samantha samsung saturday secret secretpassword secure security september server
service shadow sip slayer slipknot snoopy soccer sophie spiderman spring starwars startrek
steelers summer sunday sunshine superman supersecret superuser support switch sysadmin system
teddybear telecom telephone temp temporary test tester testing testpassword testtest thomas
thunder thursday tiger tigger tinkle trunk trunkline trustno trustnoone tuesday user username
vanessa victoria voice voip voipadmin wednesday welcome welcomehome whatever william winter
wizard wsxedc yankees yellow zaq zaqxsw zxcv zxcvb zxcvbn zxcvbnm
"""

COMMON_STEMS: frozenset[str] = frozenset(_WORDS.split())
