use super::*;

/// What is said of a text.
fn fault(text: &str) -> String {
    check(text).expect_err(text).to_string()
}

/// Each text, and something of what is said of it.
fn each_fault(cases: &[(&str, &str)]) {
    for (text, what) in cases {
        assert!(fault(text).contains(what), "{text}: {}", fault(text));
    }
}

#[test]
fn what_stands_outside_the_root() {
    each_fault(&[
        ("", "no element"),
        ("<!-- x -->", "no element"),
        (" <?xml version='1.0'?><a/>", "very start"),
        ("<a/><?xml version='1.0'?>", "very start"),
        ("<?XML version='1.0'?><a/>", "very start"),
        ("x<a/>", "before the root"),
        ("\u{feff}\u{feff}<a/>", "before the root"),
        ("<a/>x", "after the end"),
        ("<a/>&amp;", "after the end"),
        ("<a/></a>", "after the end"),
        ("<a/><![CDATA[]]>", "after the end"),
        ("<a/><b/>", "second document"),
        ("<![CDATA[x]]><a/>", "declaration"),
        ("<a/><!DOCTYPE a>", "after the end"),
        ("</a>", "no tag"),
    ]);
}

#[test]
fn declarations() {
    each_fault(&[
        ("<?xml?><a/>", "version"),
        ("<?xml encoding='utf-8' version='1.0'?><a/>", "version"),
        ("<?xml version='2.0'?><a/>", "version"),
        ("<?xml version='1.0' standalone='no' encoding='utf-8'?><a/>", "malformed"),
        ("<?xml version='1.0' standalone='maybe'?><a/>", "malformed"),
        ("<?xml version='1.0'encoding='utf-8'?><a/>", "malformed"),
        ("<?xml version='1.0' encoding='8'?><a/>", "encoding"),
        ("<?xml version=1.0?><a/>", "quotes"),
        ("<?xml version='1.0'><a/>", "malformed"),
    ]);
}

#[test]
fn document_types() {
    each_fault(&[
        ("<!DOCTYPEa><a/>", "malformed"),
        ("<!DOCTYPE><a/>", "malformed"),
        ("<!doctype a><a/>", "declaration"),
        ("<!DOCTYPE a><!DOCTYPE a><a/>", "declaration"),
        ("<!DOCTYPE a PUBLIC 'x'><a/>", "external"),
        ("<!DOCTYPE a PUBLIC 'x' 'y'z><a/>", "malformed"),
        ("<!DOCTYPE a PUBLIC '\u{e9}' 'y'><a/>", "external"),
        ("<!DOCTYPE a SYSTEM 'x><a/>", "never ends"),
        ("<!DOCTYPE a [<a/>", "malformed"),
        ("<!DOCTYPE a [<!ENTITY b>]><a/>", "malformed"),
        ("<!DOCTYPE a [<!ENTITY b 'x%y;'>]><a/>", "%"),
        ("<!DOCTYPE a [<!ENTITY b 'x&y'>]><a/>", "reference"),
        ("<!DOCTYPE a [<!ENTITY b:c 'x'>]><a/>", "entity"),
        ("<!DOCTYPE a [<!ATTLIST a b CDATA '<'>]><a/>", "<"),
        ("<!DOCTYPE a [<!ELEMENT a ANY]><a/>", "malformed"),
        ("<!DOCTYPE a [<!FOO>]><a/>", "malformed"),
        ("<!DOCTYPE a [<!-- -- -->]><a/>", "--"),
        ("<!DOCTYPE a []", "malformed"),
    ]);
}

#[test]
fn entities() {
    let external = "<!DOCTYPE a SYSTEM 'b'><a>&c;</a>";
    assert!(check(external).is_ok());
    assert!(fault(&format!("<?xml version='1.0' standalone='yes'?>{external}")).contains("not declared"));
    assert!(check("<!DOCTYPE a [<!ENTITY % p SYSTEM 'q'>%p;]><a>&c;</a>").is_ok());
    each_fault(&[
        ("<!DOCTYPE a><a>&c;</a>", "not declared"),
        ("<!DOCTYPE a [<!ENTITY % c 'd'>]><a>&c;</a>", "not declared"),
        ("<a b='&c;'/>", "not declared"),
        ("<a>&nbsp;</a>", "not declared"),
        ("<a>&#0;</a>", "can not hold"),
        ("<a>R&D</a>", "no reference"),
        ("<a b='&'/>", "no reference"),
    ]);
}

#[test]
fn tags_and_attributes() {
    each_fault(&[
        ("<a b=1/>", "quotes"),
        ("<a b/>", "no value"),
        ("<a b='1'c='2'/>", "white space"),
        ("<a b='1' b='2'/>", "twice"),
        ("<a b='<'/>", "<"),
        ("<a b='1/>", "never ends"),
        ("<a b", "no value"),
        ("<a ", "never ends"),
        ("<a", "never ends"),
        ("<a / >", "name"),
        ("<a></ a>", "</>"),
        ("<a></b>", "</b> stands where </a> should"),
        ("<a></ab>", "</ab>"),
        ("<a></a b='1'>", "</a>"),
        ("<a><b></a></b>", "</a> stands where </b> should"),
        ("<a><b>", "<b> is never closed"),
        ("<a>< b</a>", "starts no tag"),
        ("<1a/>", "name"),
        ("<a 1b=''/>", "name"),
        ("<a\u{a0}b=''/>", "name"),
    ]);
}

#[test]
fn text_comments_and_instructions() {
    each_fault(&[
        ("<a>]]></a>", "]]>"),
        ("<a>]]]></a>", "]]>"),
        ("<a><![CDATA[x</a>", "never ends"),
        ("<a><![cdata[x]]></a>", "declaration"),
        ("<a><!-- x -- y --></a>", "--"),
        ("<a><!-- x ---></a>", "--"),
        ("<a><!-- x --", "never ends"),
        ("<a><!-- x </a>", "never ends"),
        ("<a><?b</a>", "proper name"),
        ("<a><?b c</a>", "never ends"),
        ("<a><? b?></a>", "proper name"),
        ("<a><?b:c d?></a>", "proper name"),
        ("<a>\u{c}</a>", "can not hold"),
        ("<a \0/>", "can not hold"),
        ("<a><![CDATA[\u{ffff}]]></a>", "can not hold"),
    ]);
    assert_eq!(check("<a>é&</a>").unwrap_err().at, 5);
}

#[test]
fn namespaces() {
    each_fault(&[
        ("<b:a/>", "prefix b"),
        ("<a b:c=''/>", "prefix b"),
        ("<a><c xmlns:b='x'/><b:d/></a>", "prefix b"),
        ("<xmlns:a/>", "prefix xmlns"),
        ("<a xmlns:b=''/>", "bound to nothing"),
        ("<a xmlns:xml='x'/>", "xml"),
        ("<a xmlns:xmlns='x'/>", "xmlns"),
        ("<a xmlns='http://www.w3.org/2000/xmlns/'/>", "reserved"),
        ("<a xmlns:b='http://www.w3.org/XML/1998/name&#115;pace'/>", "reserved"),
        ("<a:b:c xmlns:a='x'/>", "name"),
        ("<a :b=''/>", "name"),
        ("<a xmlns:b='x' xmlns:c='x' b:d='' c:d=''/>", "twice"),
        ("<a xmlns:b='x' xmlns:c='&#120;' b:d='' c:d=''/>", "twice"),
        ("<a xmlns:b='x' xmlns:b='y'/>", "twice"),
    ]);
}

#[test]
fn many_attributes_are_compared_as_few_are() {
    for extra in [0, 10, 1000] {
        let more: Vec<String> = (0..extra).map(|i| format!(" x{i}=''")).collect();
        let more = more.concat();
        let tag = |own: &str| format!("<a xmlns:b='u' xmlns:c='u' xmlns:d='v'{more} {own}/>");
        assert!(check(&tag("b:e='' d:e='' e='' xml:e=''")).is_ok());
        assert!(fault(&tag("b:e='' c:e=''")).contains("twice"));
        assert!(fault(&tag("e='' b:e='' e=''")).contains("twice"));
    }
}
